import type { Response } from 'express';

/** Called at the end of each stage of a request, and without a stage where none ends. */
export type Lap = (res: Response, stage?: Stage) => void;
export type Stage = 'signature' | 'database' | 'rendering';
