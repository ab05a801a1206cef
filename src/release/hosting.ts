import * as z from 'zod';

export const Hosting = z.enum(['on-premise', 'hybrid']);
export type Hosting = z.infer<typeof Hosting>;

/** What an own certificate is made of: that of the CA and of the host, each with its private key; PEM texts. */
export const CertificatePart = z.enum(['ca_key', 'ca_certificate', 'key', 'certificate']);
export type CertificatePart = z.infer<typeof CertificatePart>;
