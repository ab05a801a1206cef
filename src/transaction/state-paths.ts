import { stateFolder } from '../release/layout.ts';

/** Where the program's state lies below an installation; lock file and base are in release/layout.ts. */
export const guardFile = '.proto/guard.json';
export const journalFile = '.proto/journal.json';
export const historyFolder = '.proto/history';
/** What a transaction prepares; without a journal it is litter. */
export const stagingFolder = '.proto/staging';
/** The twins of what is to be put in place; of what goes away; and the state to be kept, until it has a number. */
export const newFolder = `${stagingFolder}/new`;
export const oldFolder = `${stagingFolder}/old`;
export const stagedState = `${stagingFolder}/state`;

/** An earlier state: what an apply has replaced. */
export function stateOf(number: number): string {
  return `${historyFolder}/${number}`;
}

/**
 * Where the twin of an installation's path lies below a folder that holds a state: beside each other lie
 * lock.json and base/ of `.proto/`, and below files/ all the rest.
 */
export function twin(root: string, path: string): string {
  const state = `${stateFolder}/`;
  return path.startsWith(state) ? `${root}/${path.slice(state.length)}` : `${root}/files/${path}`;
}
