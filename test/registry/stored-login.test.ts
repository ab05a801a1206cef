import { describe, expect, it } from 'vitest';
import { storedLogin } from '../../src/registry/stored-login.ts';

const registry = '123456789012.dkr.ecr.ap-southeast-1.amazonaws.com';
const base64 = (text: string) => Buffer.from(text).toString('base64');
const auth = (password: string) => ({ auth: base64(`AWS:${password}`) });
const ecrPassword = base64(JSON.stringify({ payload: 'x', version: '2', expiration: 1793000000 }));
const login = (config: unknown) => storedLogin(JSON.stringify(config), registry);

describe("the login that Docker's config has for a registry", () => {
  it('is none without a file, without an entry, or in a file that is not JSON', () => {
    expect(storedLogin(undefined, registry)).toEqual({ kind: 'none' });
    expect(storedLogin('{', registry)).toEqual({ kind: 'none' });
    expect(login({ auths: { 'other.example': auth(ecrPassword) } })).toEqual({ kind: 'none' });
    expect(login({ auths: { [registry]: {} } })).toEqual({ kind: 'none' });
  });

  it('ends when the token says that it does', () => {
    expect(login({ auths: { [registry]: auth(ecrPassword) } })).toEqual({
      kind: 'token',
      expiresAt: 1793000000000,
    });
  });

  it('is found under an address with a scheme', () => {
    expect(login({ auths: { [`https://${registry}/v2/`]: auth(ecrPassword) } }).kind).toBe('token');
  });

  it.each(['secret', base64('no json'), base64('{"expiration":"soon"}')])(
    'has no known end where the password is %j',
    (password) => {
      expect(login({ auths: { [registry]: auth(password) } })).toEqual({ kind: 'token' });
    },
  );

  it('is made at every pull by our helper, and kept elsewhere by another', () => {
    expect(login({ credHelpers: { [registry]: 'proto-scaffold' } })).toEqual({ kind: 'helper' });
    const elsewhere = { kind: 'elsewhere', helper: 'ecr-login' };
    expect(login({ credHelpers: { [registry]: 'ecr-login' } })).toEqual(elsewhere);
    expect(login({ credsStore: 'ecr-login' })).toEqual(elsewhere);
    expect(login({ credsStore: 'ecr-login', credHelpers: null, auths: null })).toEqual(elsewhere);
    const none = { credsStore: 'ecr-login', credHelpers: { [registry]: '' } };
    expect(login(none)).toEqual({ kind: 'none' });
  });
});
