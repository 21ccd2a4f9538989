/**
 * Calls one method of the official SDK and prints its outcome, in JSON.
 *
 * Runs in Node and in a browser alike. Files travel as `{"file": {"name", "type", "bytes"}}`, `bytes` being numbers.
 */
export async function call(sdk, { method, args }) {
  const revive = (value) => (value?.file ? new File([Uint8Array.from(value.file.bytes)], value.file.name, { type: value.file.type }) : value);
  try {
    return { answer: await sdk[method](...args.map(revive)) };
  } catch (error) {
    return { error: `${error.name}: ${error.message}` };
  }
}
