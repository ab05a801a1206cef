import { join } from 'node:path';
import { readText } from '../lib/fs/files.ts';
import { certificateOfSite } from '../nginx/site-certificate.ts';
import { readCertificate } from './certificate.ts';

const day = 24 * 3600 * 1000;

/** How long the certificate of the site still holds; `null` where nginx/proto.conf names none. */
export async function certificateStatus(
  folder: string,
  now: number,
): Promise<CertificateStatus | null> {
  const named = certificateOfSite((await readText(join(folder, 'nginx/proto.conf'))) ?? '');
  if (named === undefined) return null;
  const file = named.certificate;
  const unknown = (problem: string) => ({ file, validTo: null, daysLeft: null, problem });
  try {
    const text = await readText(file);
    if (text === undefined) return unknown('there is no such file');
    const { validTo } = readCertificate(text);
    return {
      file,
      validTo: new Date(validTo).toISOString(),
      daysLeft: Math.floor((validTo - now) / day),
      problem: null,
    };
  } catch (error) {
    // Its words name the file again.
    return unknown((error as Error).message.replace(`${file} `, '').replace(/\.$/, ''));
  }
}

export interface CertificateStatus {
  readonly file: string;
  readonly validTo: string | null;
  /** Whole days; negative once it has ended. */
  readonly daysLeft: number | null;
  /** Why it can not be read. */
  readonly problem: string | null;
}
