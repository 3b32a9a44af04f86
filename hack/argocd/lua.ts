/** A value of JSON as an expression of Lua. Null is left out, as Argo CD leaves it out. */
export function luaOf(value: unknown): string {
  if (typeof value === 'string') return luaText(value);
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (Array.isArray(value)) return `{${value.map(luaOf).join(', ')}}`;
  if (typeof value === 'object' && value !== null) {
    const fields = Object.entries(value).filter(([, field]) => field !== undefined && field !== null);
    return `{${fields.map(([name, field]) => `[${luaText(name)}] = ${luaOf(field)}`).join(', ')}}`;
  }
  throw new TypeError(`no value of JSON: ${String(value)}`);
}

/** Byte by byte: Lua 5.1 knows no other escape that could be trusted with every text. */
function luaText(text: string): string {
  return `"${Array.from(Buffer.from(text), (byte) => `\\${String(byte).padStart(3, '0')}`).join('')}"`;
}
