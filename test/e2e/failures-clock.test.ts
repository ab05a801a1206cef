import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { mustFail } from '../support/failures.ts';
import { withoutHostNotices } from '../support/host-notices.ts';
import { Desk } from '../support/program.ts';
import {
  type EmbeddedRegistry,
  type RegistryOptions,
  startRegistry,
} from '../support/registry/index.ts';

let registry: EmbeddedRegistry;
let desk: Desk;

async function open(options: RegistryOptions = {}): Promise<void> {
  registry = await startRegistry(options);
  desk = new Desk(registry);
  desk.credentials();
}
afterEach(async () => {
  desk.remove();
  await registry.close();
});

const minute = 60_000;

describe('a wrong clock', () => {
  it.each([
    ['behind', 42 * minute],
    ['ahead', -42 * minute],
  ])('that is 42 minutes %s is said, and overcome by the time that AWS tells', async (way, ms) => {
    await open({ clockOffsetMs: ms });
    const { document } = await desk.json('init');
    expect(document.error.code).toBe('REPOSITORY_UNKNOWN');
    expect(withoutHostNotices(document.notices)).toEqual([
      expect.stringMatching(
        new RegExp(
          `^This host's clock is 4[12] min( \\d+ s)? ${way} compared with AWS\\. To synchronize it, run: sudo timedatectl`,
        ),
      ),
    ]);
  });

  it('that AWS does not let pass is reported by how much', async () => {
    await open();
    // As AWS words it, whatever the time of the request: no correction ever fits.
    const refusal = JSON.stringify({
      __type: 'InvalidSignatureException',
      message:
        'Signature expired: 20260101T000000Z is now earlier than 20260101T001000Z (20260101T001500Z - 5 min.)',
    });
    const aws = createServer((_request, response) => {
      response.writeHead(400, { 'content-type': 'application/x-amz-json-1.1' }).end(refusal);
    });
    aws.listen(0, '127.0.0.1');
    await once(aws, 'listening');
    const { port } = aws.address() as AddressInfo;
    desk.env.AWS_ENDPOINT_URL_ECR = `http://127.0.0.1:${port}`;
    await mustFail(desk, ['init'], {
      code: 'AWS_CLOCK_SKEW',
      exitCode: 4,
      message: /rejected the signature: this host's clock is 15 min behind\.$/,
      hint: /Set the clock: `sudo timedatectl set-ntp true`/,
    });
    aws.close();
  });

  it('of less than a minute is let be', async () => {
    await open({ clockOffsetMs: 30_000 });
    expect(withoutHostNotices((await desk.json('init')).document.notices)).toEqual([]);
  });
});
