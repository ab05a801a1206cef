import type { Server } from 'node:http';

/** What this image was built as; the answers of the stand-ins say it back. */
export const identity = {
  service: process.env.PROTO_SERVICE,
  version: process.env.PROTO_VERSION,
};

/**
 * Listens until the container is reported to stop. An image built as broken runs, but never listens:
 * its health check must fail.
 */
export function serve(server: Server, port: number): void {
  process.on('SIGTERM', () => process.exit(0));
  const name = `${identity.service} ${identity.version}`;
  if (process.env.PROTO_BROKEN === 'true') {
    console.log(`${name} is built to never listen`);
    setInterval(() => undefined, 60_000);
    return;
  }
  server.listen(port, () => console.log(`${name} listens on ${port}`));
}
