import type { Decrypter, Encrypter } from 'age-encryption';
import { UserError } from '../errors.ts';
import type { Secret } from '../secret.ts';

/** Encryption to recipients, as age does it (https://age-encryption.org/v1), as a stream. */

/** What every file of age begins with, in its binary form. */
export const ageMagic = 'age-encryption.org/v1\n';

/** @throws UserError RECIPIENT_INVALID */
export async function ageEncrypter(recipients: readonly string[]): Promise<Encrypter> {
  const age = await import('./age-library.ts');
  const encrypter = new age.Encrypter();
  for (const recipient of recipients) {
    try {
      encrypter.addRecipient(recipient);
    } catch (cause) {
      const message = `${recipient} is no recipient of age.`;
      throw new UserError('RECIPIENT_INVALID', message, { cause });
    }
  }
  return encrypter;
}

/** @param text of an identity file: one AGE-SECRET-KEY-… a line, and comments @throws UserError IDENTITY_INVALID */
export async function ageDecrypter(text: Secret, file: string): Promise<Decrypter> {
  const age = await import('./age-library.ts');
  const decrypter = new age.Decrypter();
  const lines = text.reveal().split(/\r?\n/);
  const identities = lines.map((line) => line.trim()).filter((line) => !/^(#|$)/.test(line));
  try {
    for (const identity of identities) decrypter.addIdentity(identity);
  } catch {
    // Its message may quote the identity.
    throw new UserError('IDENTITY_INVALID', `${file} holds something else than identities of age.`);
  }
  if (identities.length > 0) return decrypter;
  throw new UserError('IDENTITY_INVALID', `${file} holds no identity of age.`);
}

/**
 * Encrypts what `write` gives, to `sink`.
 * @returns what to call for each chunk, and at the end
 */
export async function encryptingSink(
  encrypter: Encrypter,
  sink: (bytes: Uint8Array) => Promise<void>,
): Promise<{ write(bytes: Uint8Array): Promise<void>; end(): Promise<void> }> {
  const pipe = new TransformStream<Uint8Array, Uint8Array>();
  const writer = pipe.writable.getWriter();
  const encrypted = await encrypter.encrypt(pipe.readable);
  const drained = (async () => {
    for await (const chunk of encrypted) await sink(chunk);
  })();
  // A sink that fails stops the writing, and is told by `write` or `end`.
  drained.catch((error) => writer.abort(error).catch(() => {}));
  return {
    async write(bytes) {
      // Small pieces, and no more of them than are being encrypted: a large one would be held twice.
      for (let at = 0; at < bytes.length; at += portion) {
        await writer.ready;
        // Copied (a Buffer's slice is none): the memory may be used again before it is encrypted.
        await writer.write(new Uint8Array(bytes.subarray(at, at + portion)));
      }
    },
    async end() {
      await writer.close();
      await drained;
    },
  };
}

const portion = 256 * 1024;

/** @throws UserError IDENTITY_WRONG; what is read from the stream throws where it was altered */
export async function decryptedStream(
  decrypter: Decrypter,
  source: AsyncIterable<Uint8Array>,
): Promise<AsyncIterable<Uint8Array>> {
  const iterator = source[Symbol.asyncIterator]();
  const encrypted = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await iterator.next();
        if (done === true) controller.close();
        else controller.enqueue(new Uint8Array(value));
      },
    },
    { highWaterMark: 0 },
  );
  try {
    return await decrypter.decrypt(encrypted);
  } catch (cause) {
    const message = 'The identity does not open this backup: it was encrypted to another.';
    throw new UserError('IDENTITY_WRONG', message, { cause });
  }
}
