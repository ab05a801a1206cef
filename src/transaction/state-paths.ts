import { stateFolder } from '../release/layout.ts';

/** Paths of the program's state below an installation. Lock file and base are in release/layout.ts. */
export const guardFile = '.proto/guard.json';
export const journalFile = '.proto/journal.json';
export const historyFolder = '.proto/history';
/** What a transaction prepares. Without a journal, it can be removed. */
export const stagingFolder = '.proto/staging';
/** Copies of new content and of removed content; and the state to save, until it has a number. */
export const newFolder = `${stagingFolder}/new`;
export const oldFolder = `${stagingFolder}/old`;
export const stagedState = `${stagingFolder}/state`;

/** An earlier state, which an apply has replaced. */
export function stateOf(number: number): string {
  return `${historyFolder}/${number}`;
}

/**
 * The counterpart of an installation's path below a state folder: lock.json and base/ of `.proto/`
 * are at the top, and all other files are below files/.
 */
export function twin(root: string, path: string): string {
  const state = `${stateFolder}/`;
  return path.startsWith(state) ? `${root}/${path.slice(state.length)}` : `${root}/files/${path}`;
}
