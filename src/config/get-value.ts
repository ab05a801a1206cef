import { type Fault, UserError } from '../errors.ts';
import type { TomlValue } from '../toml/value.ts';
import { sameTomlValue } from '../toml/value.ts';
import { valueLiteral } from '../toml/value-text.ts';
import { refuseUnreadable } from './find-parameter.ts';
import type { Parameter } from './parameters.ts';
import type { Place } from './places.ts';

/**
 * The one value that a parameter has in all of the places.
 * @param reveal give a secret, too
 * @throws UserError CONFIG_UNREADABLE, CONFIG_VALUE_UNSET, CONFIG_SECRET_HIDDEN; CONFIG_VALUES_DIFFER with every
 *   file and line, and no secret
 */
export function valueIn(
  { key, secret }: Parameter,
  places: readonly Place[],
  reveal: boolean,
): TomlValue {
  refuseUnreadable(places);
  const standing = places.flatMap(({ file, current }) => (current ? [{ file, ...current }] : []));
  const [first] = standing;
  if (first === undefined) {
    throw new UserError('CONFIG_VALUE_UNSET', `${key} was taken out of the configuration.`);
  }
  if (standing.every(({ unset }) => unset)) {
    throw new UserError('CONFIG_VALUE_UNSET', `${key} is not set yet.`, {
      hint: `Set it with \`proto-scaffold config set ${key}\`.`,
    });
  }
  if (secret && !reveal) {
    throw new UserError('CONFIG_SECRET_HIDDEN', `${key} is a secret.`);
  }
  if (standing.every(({ value }) => sameTomlValue(value, first.value))) return first.value;
  const faults = standing.map(({ file, line, column, value, unset }): Fault => {
    const shown = secret ? 'has a value of its own' : `has ${valueLiteral(value)}`;
    return { file, line, column, key, message: unset ? 'is not set' : shown };
  });
  throw new UserError('CONFIG_VALUES_DIFFER', `${key} is not the same in all files.`, { faults });
}
