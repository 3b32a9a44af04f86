import { open } from 'node:fs/promises';

const longestBytes = 16_384;
const tokenGrammar = /^[\x21-\x7e]+$/;

/**
 * The token in a file, without the white space around it. Read anew each time, since tokens are replaced in place. Rejects where the file cannot be read
 * or holds anything else; what it holds is never told.
 */
export async function readToken(path: string): Promise<string> {
  const file = await open(path, 'r');
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(longestBytes + 1), 0, longestBytes + 1, 0);
    const token = buffer.toString('latin1', 0, bytesRead).trim();
    if (bytesRead > longestBytes || !tokenGrammar.test(token)) throw new Error('it does not hold a token in one line');
    return token;
  } finally {
    await file.close();
  }
}
