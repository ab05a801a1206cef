import * as z from 'zod';

export const Hosting = z.enum(['on-premise', 'hybrid']);
export type Hosting = z.infer<typeof Hosting>;

/** The parts of an own certificate: those of the CA and of the host, each with its private key, as PEM texts. */
export const CertificatePart = z.enum(['ca_key', 'ca_certificate', 'key', 'certificate']);
export type CertificatePart = z.infer<typeof CertificatePart>;
