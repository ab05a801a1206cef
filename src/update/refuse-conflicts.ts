import { UserError } from '../errors.ts';
import type { UpdatePlan } from './plan-update.ts';

/** For --on-conflict=stop. @throws UserError CONFLICT with every place that both sides changed */
export function refuseConflicts({ conflicts }: UpdatePlan): void {
  if (conflicts.length === 0) return;
  throw new UserError(
    'CONFLICT',
    'You and the release both changed what stands below. Nothing was changed.',
    {
      faults: conflicts.map(({ file, change }) => ({
        file,
        ...(change.line !== undefined && { line: change.line }),
        key: change.path.join('.'),
        message: 'was changed by you and by the release',
      })),
    },
  );
}
