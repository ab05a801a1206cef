import { faultOfPlace } from '../config/accept-value.ts';
import { isMissing, type Parameter } from '../config/parameters.ts';
import type { Fault } from '../errors.ts';
import { valueName } from '../release/placeholders.ts';
import { counted, defineCheck, failed, ok } from './define.ts';

/** What the operator has written into backend/config. No value is ever part of what is found: it may be a secret. */

const unset = defineCheck({
  id: 'values-unset',
  title: 'Every mandatory value is set',
  why: 'The platform does not start without them.',
  remedy: 'Set each: proto-scaffold config set KEY',
  severity: { check: 'requirement', start: 'requirement' },
  inside: true,
  concerns: 'values',
  needs: ['config'],
  judge: ({ config }) => {
    const missing = config.parameters.filter(isMissing);
    if (missing.length === 0) return ok('all are set');
    return failed(
      counted(missing.length, 'mandatory value is not set', 'mandatory values are not set'),
      {
        remedy: `Set ${missing.length === 1 ? 'it' : 'each by its key'}: proto-scaffold config set ${missing[0]?.key ?? 'KEY'}`,
        faults: missing.flatMap((parameter) =>
          parameter.places.flatMap(({ file, current }) =>
            current?.unset ? [at(file, current.line, parameter, aboutOf(parameter))] : [],
          ),
        ),
      },
    );
  },
});

function aboutOf({ placeholders, comment }: Parameter): string {
  return placeholders[0]?.[1].about ?? comment[0] ?? 'is not set';
}

const form = defineCheck({
  id: 'values-form',
  title: 'Every value has its form',
  why: 'A file that is no TOML, or a text where a number belongs, keeps a service from starting; a wrong address sends people elsewhere.',
  remedy: 'Correct the lines named.',
  severity: { check: 'requirement', start: 'requirement' },
  inside: true,
  concerns: 'values',
  needs: ['config'],
  judge: ({ config }) => {
    const wrong = config.parameters.flatMap((parameter) =>
      parameter.places.flatMap((place) => {
        const message = faultOfPlace(parameter, place);
        if (message === undefined || place.current === undefined) return [];
        return [at(place.file, place.current.line, parameter, message)];
      }),
    );
    const faults = [...config.faults, ...wrong];
    if (faults.length === 0) return ok('all have');
    return failed(counted(faults.length, 'value has a wrong form', 'values have a wrong form'), {
      faults,
    });
  },
});

const agree = defineCheck({
  id: 'values-agree',
  title: 'The services have the same values',
  why: 'The release gave all services one value. A signing key or a password that differs keeps them from understanding each other.',
  remedy: 'Bring them together: proto-scaffold config set KEY sets it in every file.',
  severity: { check: 'requirement', start: 'requirement' },
  inside: true,
  concerns: 'values',
  needs: ['config', 'splitSecrets'],
  judge: ({ config, splitSecrets }) => {
    const differing = config.parameters.filter(({ states }) => states.has('differs'));
    const inToml = new Set(
      differing.flatMap(({ placeholders }) => placeholders.map(([name]) => name)),
    );
    const elsewhere = splitSecrets.filter((name) => !inToml.has(name));
    if (differing.length + elsewhere.length === 0) return ok('all agree');
    const faults = differing.flatMap((parameter) =>
      parameter.places.flatMap(({ file, current }) =>
        current === undefined ? [] : [at(file, current.line, parameter, 'differs')],
      ),
    );
    const others = elsewhere.map((name) => ({
      file: 'backend/secrets',
      message: `${valueName(name)} is not the one in backend/config`,
    }));
    // Another address or limit for one service may be meant; a shared secret that differs can not be.
    const meant = differing.every(({ generated }) => !generated) && elsewhere.length === 0;
    return failed(
      counted(
        differing.length + elsewhere.length,
        'value differs between services',
        'values differ between services',
      ),
      { ...(meant && { severity: 'advice' as const }), faults: [...faults, ...others] },
    );
  },
});

const keyForm = defineCheck({
  id: 'key-form',
  title: 'Keys look like keys of their service',
  why: 'A key that was cut off when it was copied, or belongs to another service, shows only when the first mail or answer fails.',
  remedy: 'Copy it again: proto-scaffold config set KEY. `check --online` tries it.',
  severity: { check: 'advice', start: 'advice' },
  inside: true,
  concerns: 'values',
  needs: ['config'],
  judge: ({ config }) => {
    const faults = config.parameters
      .filter(({ onlyWith }) => onlyWith.length === 0)
      .flatMap((parameter) =>
        parameter.places.flatMap(({ file, current }): Fault[] => {
          if (current === undefined || current.unset || typeof current.value !== 'string')
            return [];
          const doubt = doubtOf(current.value, parameter);
          return doubt === undefined ? [] : [at(file, current.line, parameter, doubt)];
        }),
      );
    if (faults.length === 0) return ok('all do');
    return failed(counted(faults.length, 'key looks unlike one', 'keys look unlike one'), {
      faults,
    });
  },
});

function doubtOf(value: string, { placeholders, secret }: Parameter): string | undefined {
  const begins = placeholders.flatMap(([, { begins_with }]) => begins_with ?? []);
  const [wanted] = begins;
  if (wanted !== undefined && value !== '' && !value.startsWith(wanted)) {
    return `does not begin with ${wanted}`;
  }
  if (secret && value !== value.trim()) return 'has white space at its beginning or end';
  return undefined;
}

function at(file: string, line: number, { key }: Parameter, message: string): Fault {
  return { file, line, key, message };
}

export const valueChecks = [unset, form, agree, keyForm];
