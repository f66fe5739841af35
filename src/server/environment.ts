import dotenv from 'dotenv';

/** The environment with the settings in `.env`, over which it takes precedence. */
export function loadEnvironment(): NodeJS.ProcessEnv {
  dotenv.config({ quiet: true });
  return process.env;
}
