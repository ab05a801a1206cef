import { expect, it } from 'vitest';
import { installed, release, updated } from '../support/releases.ts';

const empty = 'backend/config/empty.conf';

it('an empty file that the release drops is deleted', () => {
  const set = release('2026.11.0');
  const templates = { ...set, files: new Map([...set.files, [empty, '']]) };
  const { after } = updated(installed('2026.11.0'), '2026.11.0', { templates });
  expect(after.current.get(empty)).toBe('');
  const { plan, nothingNew } = updated(after, '2026.11.0');
  expect(plan.files).toMatchObject([{ kind: 'delete', path: empty }]);
  expect(nothingNew).toBe(false);
});
