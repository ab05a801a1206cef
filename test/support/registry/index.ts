/**
 * The project's own Amazon ECR on a loopback port, for tests, the demo and the benchmark. It checks
 * what AWS checks (signature, clock, token, permission) and refuses what it was never taught, so that
 * no new kind of request slips in: `requests.every(({ known }) => known)`.
 */
export { exampleKey, pullActions, pushActions } from './access.ts';
export type { Fault } from './faults.ts';
export { startProxy, type WebProxy } from './proxy.ts';
export type { SeededRelease } from './release.ts';
export { type EmbeddedRegistry, type RegistryOptions, startRegistry } from './server.ts';
export type { TarEntry } from './tar-archive.ts';
export { type Certificates, makeCertificates } from './tls.ts';
