import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import {
  type EmbeddedRegistry,
  makeCertificates,
  startRegistry,
} from '../../test/support/registry/index.ts';

/** A registry over TLS, as far away as a cloud's region is. */
export interface FarRegistry {
  /** For AWS_ENDPOINT_URL_ECR. */
  readonly endpoint: string;
  /** For NODE_EXTRA_CA_CERTS. */
  readonly caFile: string;
  close(): Promise<void>;
}

/** @param roundTripMs how long an answer takes on its way there and back */
export async function startFarRegistry(roundTripMs: number): Promise<FarRegistry> {
  const certificates = await makeCertificates();
  let registry: EmbeddedRegistry | undefined;
  const sockets = new Set<Socket>();
  const server = createServer(async (near) => {
    sockets.add(near);
    near.on('error', () => {});
    near.pause();
    // TCP's own handshake is a round trip, too.
    await pause(roundTripMs);
    const far = connect(Number(new URL(registry?.url ?? '').port), '127.0.0.1');
    sockets.add(far);
    far.on('error', () => near.destroy());
    late(near, far, roundTripMs / 2);
    late(far, near, roundTripMs / 2);
    near.resume();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const endpoint = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  registry = await startRegistry({
    tls: certificates,
    proxyEndpoint: endpoint,
    redirectBlobs: false,
  });
  await registry.seedRelease({ version: '2026.11.0' });
  return {
    endpoint,
    caFile: certificates.caFile,
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await registry?.close();
      await certificates.remove();
    },
  };
}

/** Hands everything on, in order, that much later. */
function late(from: Socket, to: Socket, ms: number): void {
  from.on('data', (chunk) => setTimeout(() => to.writable && to.write(chunk), ms));
  from.on('end', () => setTimeout(() => to.end(), ms));
  from.on('close', () => setTimeout(() => to.destroy(), ms * 2));
}
