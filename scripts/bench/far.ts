import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import {
  type EmbeddedRegistry,
  makeCertificates,
  startRegistry,
} from '../../test/support/registry/index.ts';

/** A registry over TLS with the latency of a cloud region. */
export interface FarRegistry {
  /** Value for AWS_ENDPOINT_URL_ECR. */
  readonly endpoint: string;
  /** Value for NODE_EXTRA_CA_CERTS. */
  readonly caFile: string;
  close(): Promise<void>;
}

/** @param roundTripMs latency of a round trip */
export async function startFarRegistry(roundTripMs: number): Promise<FarRegistry> {
  const certificates = await makeCertificates();
  let registry: EmbeddedRegistry | undefined;
  const sockets = new Set<Socket>();
  const server = createServer(async (near) => {
    sockets.add(near);
    near.on('error', () => {});
    near.pause();
    // The TCP handshake is also a round trip.
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

/** Forwards everything in order with a delay. */
function late(from: Socket, to: Socket, ms: number): void {
  from.on('data', (chunk) => setTimeout(() => to.writable && to.write(chunk), ms));
  from.on('end', () => setTimeout(() => to.end(), ms));
  from.on('close', () => setTimeout(() => to.destroy(), ms * 2));
}
