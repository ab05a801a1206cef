import { getSystemErrorMap } from 'node:util';
import { type ErrorCode, UserError } from '../../errors.ts';

const codes: Readonly<Record<string, ErrorCode>> = {
  ENOSPC: 'DISK_FULL',
  EDQUOT: 'DISK_FULL',
  EROFS: 'FOLDER_READ_ONLY',
  EACCES: 'FOLDER_READ_ONLY',
  EPERM: 'FOLDER_READ_ONLY',
};

/**
 * Turns an error of the operating system into a message for the operator.
 *
 * @param path what the program was about to read or write
 * @returns DISK_FULL, FOLDER_READ_ONLY or FILE_SYSTEM_ERROR; a UserError is returned unchanged
 * @throws `error` itself if no system call failed: that is a bug
 */
export function fileSystemError(error: unknown, path: string): UserError {
  if (error instanceof UserError) return error;
  const { code, errno, syscall } = error as NodeJS.ErrnoException;
  if (code === undefined || errno === undefined || syscall === undefined) throw error;
  if (code === 'ENAMETOOLONG') return nameTooLong(path, error);
  const words = getSystemErrorMap().get(errno)?.[1] ?? code;
  const message = `${path}: ${words} (${code}, ${syscall}).`;
  return new UserError(codes[code] ?? 'FILE_SYSTEM_ERROR', message, { cause: error });
}

/** Of Linux's file systems, and of its kernel (NAME_MAX, PATH_MAX without its end). */
const longest = { name: 255, path: 4095 };

/** @param path to a name that may be an invention of the program next to it */
function nameTooLong(path: string, cause: unknown): UserError {
  const name = path.split('/').find((part) => Buffer.byteLength(part) > longest.name);
  const what =
    name === undefined
      ? `The path ${path} and what the program creates next to it or below it are`
      : `The name ${name} is`;
  const length =
    name === undefined
      ? `A path can have ${longest.path} bytes, and each of its names ${longest.name}`
      : `It has ${Buffer.byteLength(name)} bytes, and a name can have ${longest.name}`;
  return new UserError('NAME_TOO_LONG', `${what} too long. ${length}.`, { cause });
}
