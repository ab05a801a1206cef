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
  const words = getSystemErrorMap().get(errno)?.[1] ?? code;
  const message = `${path}: ${words} (${code}, ${syscall}).`;
  return new UserError(codes[code] ?? 'FILE_SYSTEM_ERROR', message, { cause: error });
}
