import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createNetwork } from '../../src/lib/net/network.ts';
import { openRegistry, type RegistryClient } from '../../src/registry/registry.ts';
import { Secret } from '../../src/secret.ts';
import { parsePublicKey } from '../../src/trust/keys.ts';
import { type Signature, verifySignature } from '../../src/trust/signature.ts';
import { type PeerRegistry, peer, pushTo, startPeerRegistry } from '../support/peers.ts';
import { Desk } from '../support/program.ts';
import { vendorKey } from '../support/release-object.ts';
import { releaseFolder } from '../support/releases.ts';

/**
 * Signatures in both directions with cosign, and what oras lists, on a registry with the referrers API and on one without.
 * ../shared/peers/README.md says how these programs are called.
 */

const version = '2026.12.0';
const key = vendorKey();

describe.each(['registry', 'referrers-registry'] as const)('on the %s', (kind) => {
  let registry: PeerRegistry;
  let desk: Desk;
  let client: RegistryClient;
  let reference: string;
  let digest: string;

  beforeAll(async () => {
    desk = new Desk();
    registry = await startPeerRegistry(kind, desk.path('data'));
    const images = ['platform', 'chatbot', 'msgrouter-ws', 'postgres', 'bucket', 'analytics'];
    for (const name of images) await pushTo(registry.host, `proto/${name}`, version, 'image');
    for (const name of ['web-app', 'webchat']) {
      await pushTo(registry.host, `proto/${name}`, version, 'bundle');
    }
    desk.write('our.key', key.privatePem);
    desk.write('our.pub', key.publicPem);
    desk.env.DOCKER_CONFIG = desk.path('.docker');
    const network = createNetwork({ env: {} });
    client = openRegistry({
      proxyEndpoint: `http://${registry.host}`,
      username: 'x',
      password: new Secret('x'),
      network,
    });
    const at = ['--registry', registry.host, '--namespace', 'proto', '--json'];
    const args = ['publish', releaseFolder(version), '--version', version];
    const published = await desk.release(...args, '--key', 'our.key', ...at);
    const { result, error } = JSON.parse(published.stdout);
    expect(error).toBeUndefined();
    digest = result.digest;
    reference = `${registry.host}/proto/release@${digest}`;
  });
  afterAll(() => {
    registry.stop();
    desk.remove();
  });

  const cosign = (...args: string[]) =>
    peer('cosign', args, { COSIGN_PASSWORD: '', HOME: desk.folder });
  const verdicts = async (pem: string) => {
    const trusted = parsePublicKey(pem);
    const found: [Signature['layout'], boolean][] = [];
    const signed = { digest, repository: 'proto/release' };
    for await (const signature of client.signatures(signed)) {
      const { good } = verifySignature(signature, signed, trusted ? [trusted] : []);
      found.push([signature.layout, good]);
    }
    return found;
  };

  it('cosign verifies what we signed, in its layout of today and in the older one', () => {
    const verify = [
      'verify',
      '--key',
      desk.path('our.pub'),
      '--insecure-ignore-tlog',
      '--allow-http-registry',
    ];
    expect(cosign(...verify, reference)).toContain(digest);
    expect(cosign(...verify, '--new-bundle-format=false', reference)).toContain(digest);
  });

  it('cosign refuses it with another key', () => {
    desk.write('other.pub', vendorKey().publicPem);
    for (const layout of [[], ['--new-bundle-format=false']]) {
      expect(() =>
        cosign(
          'verify',
          '--key',
          desk.path('other.pub'),
          '--insecure-ignore-tlog',
          '--allow-http-registry',
          ...layout,
          reference,
        ),
      ).toThrow();
    }
  });

  it('oras lists the signature among the referrers', () => {
    const listed = peer('oras', ['discover', '--plain-http', '--format', 'json', reference], {
      HOME: desk.folder,
    });
    // The registry lists the type of the config; the manifest has the signature's own.
    const [referrer] = JSON.parse(listed).referrers;
    const fetched = peer('oras', ['manifest', 'fetch', '--plain-http', referrer.reference], {
      HOME: desk.folder,
    });
    expect(JSON.parse(fetched).artifactType).toBe('application/vnd.dev.sigstore.bundle.v0.3+json');
  });

  it('we verify what cosign signed beside it, in both layouts', async () => {
    cosign('generate-key-pair', '--output-key-prefix', desk.path('cosign'));
    cosign('signing-config', 'create', '--out', desk.path('sc.json'));
    const sign = ['sign', '--key', desk.path('cosign.key'), '--allow-http-registry', '--yes'];
    cosign(...sign, '--signing-config', desk.path('sc.json'), reference);
    cosign(
      ...sign,
      '--use-signing-config=false',
      '--tlog-upload=false',
      '--new-bundle-format=false',
      reference,
    );
    const theirs = await verdicts(readFileSync(desk.path('cosign.pub'), 'utf8'));
    expect(theirs.filter(([, good]) => good).map(([layout]) => layout)).toEqual([
      'bundle',
      'payload',
    ]);
    const ours = await verdicts(key.publicPem);
    expect(ours.filter(([, good]) => good).map(([layout]) => layout)).toEqual([
      'bundle',
      'payload',
    ]);
    expect(theirs).toHaveLength(4);
  });

  it('we sign with a key as cosign writes it, which is encrypted', async () => {
    desk.env.COSIGN_PASSWORD = '';
    const args = [
      'publish',
      releaseFolder(version),
      '--version',
      '2026.12.5',
      '--images-tag',
      version,
    ];
    const at = ['--registry', registry.host, '--namespace', 'proto', '--json'];
    const { stdout } = await desk.release(...args, '--key', 'cosign.key', ...at);
    const { result, error } = JSON.parse(stdout);
    expect(error).toBeUndefined();
    const pem = readFileSync(desk.path('cosign.pub'), 'utf8');
    expect(result.signedBy).toBe(parsePublicKey(pem)?.fingerprint);
    desk.env.COSIGN_PASSWORD = 'wrong';
    const refused = await desk.release(...args, '--key', 'cosign.key', ...at);
    expect(JSON.parse(refused.stdout).error.code).toBe('SIGNING_KEY_INVALID');
  });
});
