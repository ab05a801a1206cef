import { describe, expect, it } from 'vitest';
import { fileMode, folderMode, projectName } from '../../src/release/layout.ts';

describe('modes', () => {
  it.each([
    ['backend/config/platform.toml', 0o640],
    ['backend/config/deeper/x.toml', 0o640],
    ['backend/docker-compose.yml', 0o600],
    ['backend/secrets/postgres_password', 0o640],
    ['backend/configuration.toml', 0o600],
    ['.proto/lock.json', 0o600],
    ['.proto/base/backend/config/platform.toml', 0o600],
    ['frontend/index.html', 0o644],
    ['nginx/proto.conf', 0o644],
    ['backendx', 0o644],
  ])('of the file %s', (path, mode) => {
    expect(fileMode(path).toString(8)).toBe(mode.toString(8));
  });

  it.each([
    ['backend', 0o700],
    ['backend/config', 0o700],
    ['.proto', 0o700],
    ['.proto/base', 0o700],
    ['frontend', 0o755],
    ['webchat/assets', 0o755],
  ])('of the folder %s', (path, mode) => {
    expect(folderMode(path).toString(8)).toBe(mode.toString(8));
  });
});

describe('projectName', () => {
  it.each([
    ['proto', 'proto'],
    ['Proto', 'proto'],
    ['proto 2026.11', 'proto-2026-11'],
    ['_proto_', 'proto_'],
    ['--x--', 'x'],
    ['$HOME "x"', 'home-x'],
    ['банк', 'proto'],
    ['bücher', 'b-cher'],
    ['', 'proto'],
    ['2026', '2026'],
    ['a'.repeat(255), 'a'.repeat(56)],
    [`${'a'.repeat(55)}.${'b'.repeat(199)}`, 'a'.repeat(55)],
  ])('of the folder %j is %s, as Compose takes it', (folder, name) => {
    expect(projectName(folder, '0f3a9c')).toBe(`${name}-0f3a9c`);
    expect(`${name}-0f3a9c`).toMatch(/^[a-z0-9][a-z0-9_-]*$/);
  });
});
