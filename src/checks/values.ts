import { basename } from 'node:path';
import { doubtOfValue, faultOfPlace, formFaultOfPlace } from '../config/accept-value.ts';
import { isMissing, type Parameter } from '../config/parameters.ts';
import type { Place } from '../config/places.ts';
import type { Fault } from '../errors.ts';
import { counted, defineCheck, failed, ok } from './define.ts';

/** The operator's values in backend/config. A finding never contains a value, because it may be a secret. */

const unset = defineCheck({
  id: 'values-unset',
  title: 'Every mandatory value is set',
  why: 'The platform does not start without these values.',
  remedy: 'Set each value: proto-scaffold config set KEY',
  severity: { check: 'requirement', start: 'requirement' },
  inside: true,
  concerns: 'values',
  needs: ['config'],
  judge: ({ config }) => {
    const missing = config.parameters.filter(isMissing);
    if (missing.length === 0) return ok('all values are set');
    return failed(
      counted(missing.length, 'mandatory value is not set', 'mandatory values are not set'),
      {
        remedy: `Set ${missing.length === 1 ? 'it' : 'each value by its key'}: proto-scaffold config set ${missing[0]?.key ?? 'KEY'}`,
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
  title: 'Every value has the correct format',
  why: 'Invalid TOML or a value of the wrong type prevents a service from starting. A wrong address sends people to the wrong place.',
  remedy: 'Correct the reported lines.',
  severity: { check: 'requirement', start: 'requirement' },
  inside: true,
  concerns: 'values',
  needs: ['config'],
  judge: ({ config }) => {
    const faultsBy = (faultOf: (parameter: Parameter, place: Place) => string | undefined) =>
      config.parameters.flatMap((parameter) =>
        parameter.places.flatMap((place) => {
          const message = faultOf(parameter, place);
          if (message === undefined || place.current === undefined) return [];
          return [at(place.file, place.current.line, parameter, message)];
        }),
      );
    const wrong = [...config.faults, ...faultsBy(faultOfPlace)];
    const strange = faultsBy((parameter, place) =>
      faultOfPlace(parameter, place) === undefined ? formFaultOfPlace(parameter, place) : undefined,
    );
    const faults = [...wrong, ...strange];
    if (faults.length === 0) return ok('all values have the correct format');
    return failed(
      counted(faults.length, 'value has the wrong format', 'values have the wrong format'),
      // With a value that a service reads, however strange, an installation starts as it did before a release named its form.
      { ...(wrong.length === 0 && { severity: { start: 'advice' } as const }), faults },
    );
  },
});

const keys = defineCheck({
  id: 'keys',
  title: 'No key is misspelled',
  why: 'A service ignores a key that it does not know, so a misspelled key has no effect.',
  remedy: 'Correct the name. If the key is meant to be there, skip this check: --ignore keys',
  severity: { check: 'advice', start: 'advice' },
  inside: true,
  concerns: 'values',
  needs: ['misspelledKeys'],
  judge: ({ misspelledKeys: faults }) =>
    faults.length === 0
      ? ok('no key resembles another one')
      : failed(counted(faults.length, 'key may be misspelled', 'keys may be misspelled'), {
          faults,
        }),
});

const agree = defineCheck({
  id: 'values-agree',
  title: 'All services use the same values',
  why: 'The release sets one value for all services. If a signing key or a password differs, they cannot communicate.',
  remedy: 'Set the same value in every file: proto-scaffold config set KEY',
  severity: { check: 'requirement', start: 'requirement' },
  inside: true,
  concerns: 'values',
  needs: ['config', 'splitSecrets'],
  judge: ({ config, splitSecrets }) => {
    const differing = config.parameters.filter(({ states }) => states.has('differs'));
    const inToml = new Set(
      differing.flatMap(({ placeholders }) => placeholders.map(([name]) => name)),
    );
    const elsewhere = splitSecrets.filter(({ name }) => !inToml.has(name));
    if (differing.length + elsewhere.length === 0) return ok('all values match');
    const faults = differing.flatMap((parameter) =>
      parameter.places.flatMap(({ file, current }) =>
        current === undefined ? [] : [at(file, current.line, parameter, 'differs')],
      ),
    );
    const others = elsewhere.map(({ name, files }) => {
      const keys = config.parameters.filter(({ placeholders }) =>
        placeholders.some(([placeholder]) => placeholder === name),
      );
      const [key] = [
        ...keys.map((parameter) => parameter.key),
        ...files.map((file) => basename(file)),
      ];
      return {
        file: files.join(', '),
        message: `differs from ${keys.map((parameter) => parameter.key).join(', ')}. A new value for all: proto-scaffold config rotate ${key}`,
      };
    });
    // A different address or limit for one service may be intended. A different shared secret is not.
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
  title: 'Keys have the format of their service',
  why: 'Without this check, a truncated key or a key of another service shows only when the first e-mail or answer fails.',
  remedy: 'Copy the key again: proto-scaffold config set KEY. To test it, run `check --online`.',
  severity: { check: 'advice', start: 'advice' },
  inside: true,
  concerns: 'values',
  needs: ['config'],
  judge: ({ config }) => {
    const faults = config.parameters.flatMap((parameter) =>
      parameter.places.flatMap(({ file, current }): Fault[] => {
        if (current === undefined || current.unset) return [];
        const doubt = doubtOfValue(current.value, parameter);
        return doubt === undefined ? [] : [at(file, current.line, parameter, doubt)];
      }),
    );
    if (faults.length === 0) return ok('all keys have the expected format');
    return failed(
      counted(faults.length, 'key has an unexpected format', 'keys have an unexpected format'),
      {
        faults,
      },
    );
  },
});

function at(file: string, line: number, { key }: Parameter, message: string): Fault {
  return { file, line, key, message };
}

export const valueChecks = [unset, form, keys, agree, keyForm];
