import { checks } from '../../src/checks/index.ts';

/**
 * Notices without those that the checks make at the head of a command: what this machine is like (its memory, its
 * disk) is not what a test is about.
 */
export function withoutHostNotices(notices: readonly string[]): string[] {
  return notices.filter((notice) => !checks.some(({ id }) => notice.startsWith(`${id}: `)));
}
