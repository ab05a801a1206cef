/**
 * A program for tests that need a process of their own: gets a token and a bundle's archive through
 * the network edge, with its own environment, and prints what came or why not as JSON.
 */
import { buffer } from 'node:stream/consumers';
import { UserError } from '../../../src/errors.ts';
import { createNetwork } from '../../../src/lib/net/network.ts';
import { getAuthorizationToken } from '../../../src/registry/ecr.ts';
import { openRegistry } from '../../../src/registry/registry.ts';
import { credentials, shortLimits } from './settings.ts';

const network = createNetwork({ env: process.env, limits: shortLimits });
try {
  const token = await getAuthorizationToken({ aws: credentials(), network });
  const registry = openRegistry({ ...token, network });
  const { repository, manifest } = await registry.resolve('proto/web-app', 'stable');
  const [layer] = 'layers' in manifest ? manifest.layers : [];
  if (layer === undefined) throw new Error('no layer');
  const { length } = await buffer(registry.openBlob(repository, layer));
  console.log(JSON.stringify({ registry: token.registry, bytes: length, size: layer.size }));
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  const { code, message, hint } = error;
  console.log(JSON.stringify({ code, message, hint }));
} finally {
  network.close();
}
