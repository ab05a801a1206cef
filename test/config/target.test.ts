import { describe, expect, it } from 'vitest';
import { readConfig } from '../../src/config/parameters.ts';
import { findTarget, keyOf, type TargetOptions } from '../../src/config/target.ts';
import { UserError } from '../../src/errors.ts';
import { afterEdits, chatbot, configInput, msgrouter, platform } from '../support/config-input.ts';
import { installed } from '../support/releases.ts';

const fresh = configInput(installed('2026.11.0'));

function target(options: Partial<TargetOptions> & { names: string[] }, input = fresh) {
  try {
    const found = findTarget(input, readConfig(input), { add: false, ...options });
    const files = found.kind === 'new' ? [found.file] : found.places.map(({ file }) => file);
    return [found.kind, keyOf(found), ...files];
  } catch (error) {
    if (error instanceof UserError) return [error.code];
    throw error;
  }
}

const provider = ['openai', 'provider'];

describe('what config set is to change', () => {
  it('is a known key in all its files, or in the one named, with --add or without', () => {
    const all = ['parameter', 'openai.provider', platform, chatbot];
    expect(target({ names: provider })).toEqual(all);
    expect(target({ names: provider, add: true })).toEqual(all);
    const one = ['parameter', 'openai.provider', chatbot];
    expect(target({ names: provider, file: 'chatbot.toml' })).toEqual(one);
    expect(target({ names: provider, file: 'chatbot.toml', add: true })).toEqual(one);
  });

  it('is a new key with --add and --file alone', () => {
    const names = ['log', 'my level'];
    expect(target({ names })).toEqual(['CONFIG_KEY_UNKNOWN']);
    expect(target({ names, add: true })).toEqual(['USAGE']);
    expect(target({ names, add: true, file: 'other.toml' })).toEqual(['CONFIG_KEY_UNKNOWN']);
    expect(target({ names, add: true, file: 'msgrouter_ws.toml' })).toEqual([
      'new',
      'log."my level"',
      msgrouter,
    ]);
  });

  it('may be a key of other services in a file that does not have it', () => {
    expect(target({ names: provider, file: 'msgrouter_ws.toml' })).toEqual(['CONFIG_KEY_UNKNOWN']);
    expect(target({ names: provider, file: 'msgrouter_ws.toml', add: true })).toEqual([
      'new',
      'openai.provider',
      msgrouter,
    ]);
  });

  it('is nothing in a file that cannot be read', () => {
    const broken = afterEdits([[chatbot, 'provider = ', 'provider ']]);
    expect(target({ names: provider }, broken)).toEqual(['CONFIG_UNREADABLE']);
    expect(target({ names: ['x'], add: true, file: 'chatbot.toml' }, broken)).toEqual([
      'CONFIG_UNREADABLE',
    ]);
    expect(target({ names: provider, file: 'platform.toml' }, broken)).toHaveLength(3);
  });
});
