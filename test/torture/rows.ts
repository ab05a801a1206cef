import { backupFile, neutral, type Start } from './scene.ts';

/** The commands that are attacked. */

export interface Row {
  readonly name: string;
  readonly start: Start;
  readonly args: readonly string[];
  /** What the operator runs next, and the error that is not a fault there. */
  readonly next: readonly string[];
  readonly mayEndWith?: string;
  /** The rename that decides: up to it all is old, behind it all is new. */
  readonly decides: RegExp;
}

const journal = /^\/proto\/\.proto\/journal\.json$/;

export const rows: readonly Row[] = [
  {
    name: 'init',
    start: 'nothing',
    args: ['init'],
    next: ['init'],
    mayEndWith: 'INSTALLATION_EXISTS',
    decides: /^\/proto$/,
  },
  {
    name: 'update',
    start: 'installed',
    args: ['update', '--yes'],
    next: neutral,
    decides: journal,
  },
  {
    name: 'rollback',
    start: 'updated',
    args: ['rollback', '--yes'],
    next: neutral,
    decides: journal,
  },
  {
    name: 'config set',
    start: 'updated',
    args: ['config', 'set', 'openai.provider', 'azure'],
    next: neutral,
    decides: journal,
  },
  {
    name: 'restore',
    start: 'restorable',
    args: ['restore', '--yes', backupFile],
    next: neutral,
    decides: /^\/proto\/\.proto\/restore\.json$/,
  },
];
