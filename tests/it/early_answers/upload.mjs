// Uploads a body of some megabytes to each address in turn, in ways that Node's fetch has, and writes what came of each
// try a line to standard output.

const [size, ...addresses] = process.argv.slice(2);

const whole = () => ({ body: new Uint8Array(Number(size)) });
const streamed = () => ({ body: new Blob([new Uint8Array(Number(size))]).stream(), duplex: 'half' });
const formed = () => {
  const form = new FormData();
  form.append('video', new Blob([new Uint8Array(Number(size))], { type: 'video/webm' }), 'capture.webm');
  return { body: form };
};

for (const address of addresses) {
  for (const body of [whole, streamed, formed]) {
    let told;
    try {
      const answer = await fetch(address, { method: 'POST', ...body() });
      told = { status: answer.status, code: (await answer.json()).code };
    } catch (error) {
      told = { error: `${body.name}: ${error}, ${error.cause}` };
    }
    process.stdout.write(`${JSON.stringify(told)}\n`);
  }
}
