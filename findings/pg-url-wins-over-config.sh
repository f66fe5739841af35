#!/usr/bin/env bash
# pg 8.23.1: the parameters of a connection string win over the fields beside it, ssl and timeouts
# included. A limit that a program sets in code is gone as soon as somebody adds a parameter to the URL,
# and one that means nothing to Postgres (?query_timeout=) is read by pg as well.
# The numbers arrive as texts. Seen with Node 20.20 as below.
set -euo pipefail
version=8.23.1

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund --save-exact "pg@$version"

cat >look.mjs <<'JS'
import pg from 'pg';
const inCode = { statement_timeout: 600, query_timeout: 800, application_name: 'ours', ssl: { rejectUnauthorized: true } };
const look = (connectionString) => {
  const client = new pg.Client({ connectionString, ...inCode });
  const { statement_timeout, application_name, query_timeout } = client.connectionParameters;
  return JSON.stringify({ statement_timeout, query_timeout, application_name, rejectUnauthorized: client.ssl?.rejectUnauthorized });
};
console.log('plain     ', look('postgres://u@db.example/app'));
console.log('parameters', look('postgres://u@db.example/app?statement_timeout=0&query_timeout=7&application_name=theirs&sslmode=no-verify'));
JS
node look.mjs | tee seen

cat >expected <<'TEXT'
plain      {"statement_timeout":600,"query_timeout":800,"application_name":"ours","rejectUnauthorized":true}
parameters {"statement_timeout":"0","query_timeout":"7","application_name":"theirs","rejectUnauthorized":false}
TEXT
diff expected seen || { echo "pg $version behaves otherwise now" >&2; exit 1; }
