import { createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePublicKey } from '../../src/trust/keys.ts';
import { type Signature, signatures, verifySignature } from '../../src/trust/signature.ts';
import { parseSigningKey } from '../../src/vendor/signing-key.ts';
import { vendorKey } from '../support/release-object.ts';
import cosign from './fixtures/cosign-3.1.3.json' with { type: 'json' };

const ours = vendorKey();
const other = vendorKey();
const digest = `sha256:${'a'.repeat(64)}`;
const repository = 'proto/release';
const reference = `123456789012.dkr.ecr.ap-southeast-1.amazonaws.com/${repository}`;
const signed = { digest, repository };
const [bundle, payload] = signatures({ digest, reference }, ours.privateKey, ours.trusted) as [
  Extract<Signature, { layout: 'bundle' }>,
  Extract<Signature, { layout: 'payload' }>,
];

const why = (signature: Signature, of = signed, keys = [ours.trusted]) => {
  const verdict = verifySignature(signature, of, keys);
  return verdict.good ? 'good' : verdict.why;
};

describe('a signature in each of the two layouts', () => {
  it.each([bundle, payload])('is verified by one of several keys', (signature) => {
    const keys = [other.trusted, ours.trusted];
    const verdict = verifySignature(signature, signed, keys);
    expect(verdict).toEqual({ good: true, fingerprint: ours.trusted.fingerprint });
  });

  it.each([bundle, payload])('is refused with another key, or none', (signature) => {
    const message = 'was made with a key that is not among the trusted ones';
    expect(why(signature, signed, [other.trusted])).toBe(message);
    expect(why(signature, signed, [])).toBe(message);
  });

  it.each([bundle, payload])('is refused for another object', (signature) => {
    const of = { digest: `sha256:${'b'.repeat(64)}`, repository };
    expect(why(signature, of)).toBe('is of another object');
  });

  it('names a repository in the older layout, which must be this one', () => {
    expect(why(payload, { digest, repository: 'proto/platform' })).toBe(
      'is for the repository "proto/release"',
    );
  });

  it.each([
    'localhost/proto/release',
    '127.0.0.1:5000/proto/release',
    'harbor.example.com/proto/release:2026.12.0',
    `harbor.example.com:5000/proto/release@${digest}`,
    'proto/release',
  ])('knows its repository in %s', (reference) => {
    const [, older] = signatures({ digest, reference }, ours.privateKey, ours.trusted);
    expect(why(older as Signature)).toBe('good');
  });

  it('never holds after a change of any character', () => {
    const change = fc.record({ at: fc.nat(), to: fc.constantFrom(...'aB3{}":+/= ') });
    fc.assert(
      fc.property(fc.constantFrom('bundle', 'payload', 'signature'), change, (what, { at, to }) => {
        const text = what === 'bundle' ? bundle.bundle : payload[what as 'payload'];
        const place = at % text.length;
        const changed = text.slice(0, place) + to + text.slice(place + 1);
        if (changed === text) return;
        const signature =
          what === 'bundle' ? { ...bundle, bundle: changed } : { ...payload, [what]: changed };
        const verdict = verifySignature(signature, signed, [ours.trusted]);
        // The hint and the media type of a bundle are not signed, and base64 has bits that do not count.
        if (verdict.good) expect(['bundle', 'signature']).toContain(what);
      }),
    );
  });
});

describe('a statement of another kind that our key signed', () => {
  const made = (bytes: Buffer) => sign('sha256', bytes, ours.privateKey).toString('base64');
  const envelope = (statement: object, type = 'application/vnd.in-toto+json') => {
    const body = Buffer.from(JSON.stringify(statement));
    const head = Buffer.from(`DSSEv1 ${type.length} ${type} ${body.length} `);
    return {
      layout: 'bundle' as const,
      bundle: JSON.stringify({
        mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
        dsseEnvelope: {
          payload: body.toString('base64'),
          payloadType: type,
          signatures: [{ sig: made(Buffer.concat([head, body])) }],
        },
      }),
    };
  };
  const hex = digest.slice(7);
  const statement = {
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ digest: { sha256: hex } }],
    predicateType: 'https://sigstore.dev/cosign/sign/v1',
  };
  const message = 'is a statement of another kind, not a signature';

  it('is accepted as cosign writes it', () => {
    expect(why(envelope(statement))).toBe('good');
  });

  it.each([
    ['an attestation', { ...statement, predicateType: 'https://slsa.dev/provenance/v1' }, message],
    ['another type', { ...statement, _type: 'x' }, message],
    ['no subject', { ...statement, subject: [] }, message],
    [
      'one of two subjects',
      { ...statement, subject: [{ digest: { sha256: hex } }, { digest: { sha256: '0' } }] },
      'is of another object',
    ],
    [
      'another hash',
      { ...statement, subject: [{ digest: { sha512: hex } }] },
      'is of another object',
    ],
  ])('is refused with %s', (_what, of, expected) => {
    expect(why(envelope(of))).toBe(expected);
  });

  it('is refused with another type of payload', () => {
    expect(why(envelope(statement, 'text/plain'))).toBe(message);
  });

  it('is refused in the older layout, too', () => {
    const text = JSON.stringify({ critical: { type: 'x' } });
    const signature = {
      layout: 'payload' as const,
      payload: text,
      signature: made(Buffer.from(text)),
    };
    expect(why(signature)).toBe(message);
  });

  it.each(['', '{}', '[]', 'x', '{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json"}'])(
    'is not a bundle as %j',
    (text) => {
      expect(why({ layout: 'bundle', bundle: text })).toBe(
        'is not a Sigstore bundle with a DSSE envelope',
      );
    },
  );
});

describe('a key', () => {
  it('has the fingerprint that openssl shows', () => {
    expect(parsePublicKey(ours.publicPem)?.fingerprint).toMatch(/^[0-9a-f]{64}$/);
    expect(parsePublicKey(ours.publicPem)?.fingerprint).toBe(ours.trusted.fingerprint);
  });

  it.each([
    ['a private key', ours.privatePem],
    [
      'RSA',
      generateKeyPairSync('rsa', { modulusLength: 2048 })
        .publicKey.export({ type: 'spki', format: 'pem' })
        .toString(),
    ],
    [
      'another curve',
      generateKeyPairSync('ec', { namedCurve: 'secp384r1' })
        .publicKey.export({ type: 'spki', format: 'pem' })
        .toString(),
    ],
    ['text', 'x'],
    ['a damaged one', ours.publicPem.replace(/M/, 'N')],
  ])('is refused as %s', (_what, pem) => {
    expect(parsePublicKey(pem)).toBeUndefined();
  });

  it('is taken with other line ends', () => {
    const pem = ours.publicPem.replaceAll('\n', '\r\n');
    expect(parsePublicKey(pem)?.fingerprint).toBe(ours.trusted.fingerprint);
    expect(createPublicKey(pem).type).toBe('public');
  });
});

describe('what cosign 3.1.3 wrote', () => {
  const { privateKey, publicKey, signatures: written, ...of } = cosign;
  const trusted = parsePublicKey(publicKey);

  it('is verified in both layouts, and refused for another object', () => {
    expect(written.map(({ layout }) => layout)).toEqual(['bundle', 'payload']);
    for (const signature of written as Signature[]) {
      expect(verifySignature(signature, of, trusted ? [trusted] : [])).toEqual({
        good: true,
        fingerprint: trusted?.fingerprint,
      });
      expect(why(signature, signed, trusted ? [trusted] : [])).toBe('is of another object');
    }
  });

  it('has a private key that is read with its password, and not with another', () => {
    expect(parseSigningKey(privateKey, 'k', '').trusted.fingerprint).toBe(trusted?.fingerprint);
    expect(() => parseSigningKey(privateKey, 'k', 'other')).toThrow(
      'The key k cannot be decrypted.',
    );
    expect(() => parseSigningKey(publicKey, 'k', '')).toThrow('is not a private key in PEM');
    expect(parseSigningKey(ours.privatePem, 'k', undefined).trusted).toEqual(ours.trusted);
  });
});
