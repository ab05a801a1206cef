import { createSocket } from 'node:dgram';
import type { Context } from '../context.ts';
import { UserError } from '../errors.ts';
import { http2Of, type NginxAbilities } from './nginx.ts';
import { findNginx } from './nginx-program.ts';

/** What a site may use on this host. Without nginx, only the kernel is asked. */
export async function hostAbilities(context: Context): Promise<NginxAbilities> {
  const build = await findNginx(context).catch((error: unknown) => {
    if (error instanceof UserError && error.code === 'NGINX_NOT_FOUND') return undefined;
    throw error;
  });
  return { ipv6: await hasIpv6(), ...(build !== undefined && { http2: http2Of(build) }) };
}

/** Opens what nginx would open: a kernel without IPv6 refuses a socket for it, or has no address for `::`. */
export function hasIpv6(): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket('udp6');
    const end = (answer: boolean) => {
      socket.close();
      resolve(answer);
    };
    socket.once('error', () => end(false));
    socket.bind({ port: 0, address: '::', exclusive: true }, () => end(true));
  });
}
