import { expect, it } from 'vitest';
import { groupOfFiles } from '../../src/cli/program.ts';

it.each([
  ['of a user', { group: 1000, root: false, env: {} }, 1000],
  ['of a user who may be in group 0', { group: 0, root: false, env: { SUDO_GID: '5' } }, 0],
  ['of root in another group', { group: 70, root: true, env: { SUDO_GID: '1000' } }, 70],
  ['of the caller of sudo', { group: 0, root: true, env: { SUDO_GID: '1000' } }, 1000],
  ['of root itself', { group: 0, root: true, env: {} }, 65533],
  ['of root by sudo', { group: 0, root: true, env: { SUDO_GID: '0' } }, 65533],
  ['of a variable that is none', { group: 0, root: true, env: { SUDO_GID: '1e3' } }, 65533],
  ['of a number that is none', { group: 0, root: true, env: { SUDO_GID: '9999999999' } }, 65533],
])('the group for the files is that %s', (_, surroundings, group) => {
  expect(groupOfFiles(surroundings)).toBe(group);
});
