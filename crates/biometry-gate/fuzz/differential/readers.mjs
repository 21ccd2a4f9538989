// The same cases through Node's parsers. One case a line on standard input, as `dump` takes them; one line an answer:
// {"id", "<parser>": [{"name", "is_file", "data"}] or {"refused"}}.

import { createInterface } from 'node:readline';
import { Readable, Writable } from 'node:stream';

import { Busboy } from '@fastify/busboy';
import busboy from 'busboy';
import formidable from 'formidable';

const PATIENCE_MS = 2_000;

const READERS = { busboy: readWithBusboy, fastify: readWithFastify, formidable: readWithFormidable };

for await (const line of createInterface({ input: process.stdin })) {
  const { id, content_type, body } = JSON.parse(line);
  const headers = { 'content-type': Buffer.from(content_type, 'base64').toString('latin1') };
  const answer = { id };
  for (const [name, read] of Object.entries(READERS)) {
    answer[name] = await attempt(read, headers, Buffer.from(body, 'base64'));
  }
  console.log(JSON.stringify(answer));
}

async function attempt(read, headers, body) {
  let timer;
  const patience = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error('no end')), PATIENCE_MS);
  });
  try {
    const parts = await Promise.race([read(headers, body), patience]);
    return parts.map(({ name, is_file, chunks }) => ({
      name,
      is_file,
      data: Buffer.concat(chunks).toString('base64'),
    }));
  } catch (error) {
    return { refused: String(error.message ?? error) };
  } finally {
    clearTimeout(timer);
  }
}

function readWithBusboy(headers, body) {
  const parser = busboy({ headers, defParamCharset: 'latin1' });
  return collect(parser, body, {
    field: (name, value) => ({ name, is_file: false, chunks: [Buffer.from(value)] }),
  });
}

function readWithFastify(headers, body) {
  const parser = new Busboy({ headers: { ...headers }, defParamCharset: 'latin1' });
  return collect(parser, body, {
    field: (name, value) => ({ name, is_file: false, chunks: [Buffer.from(value)] }),
  });
}

function collect(parser, body, { field }) {
  return new Promise((resolve, reject) => {
    const parts = [];
    parser.on('field', (name, value) => parts.push(field(name, value)));
    parser.on('file', (name, stream) => {
      const part = { name, is_file: true, chunks: [] };
      parts.push(part);
      stream.on('data', (chunk) => part.chunks.push(chunk));
      stream.on('error', reject);
    });
    parser.on('error', reject);
    parser.on('close', () => resolve(parts));
    parser.on('finish', () => setImmediate(resolve, parts));
    parser.end(body);
  });
}

async function readWithFormidable(headers, body) {
  const parts = [];
  const form = formidable({ allowEmptyFiles: true, minFileSize: 0 });
  form.onPart = (part) => {
    const seen = { name: part.name, is_file: part.originalFilename !== null, chunks: [] };
    parts.push(seen);
    part.on('data', (chunk) => seen.chunks.push(Buffer.from(chunk)));
  };
  const request = Readable.from([body]);
  request.headers = { ...headers, 'content-length': String(body.length) };
  await form.parse(request);
  return parts;
}
