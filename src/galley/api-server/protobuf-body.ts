// Kubernetes' protobuf form of a few simple kinds, which is all that `kubectl create namespace` and its like can send.
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { ApiError, badRequest } from './api-error.ts';

type Fields = Record<string, unknown>;

/** How to read one field: into which name, as what. `map` is a repeated entry of key 1 and value 2. */
type FieldForm =
  | { readonly name: string; readonly as: 'text' | 'texts' | 'map of text' | 'map of bytes' }
  | { readonly name: string; readonly as: 'message'; readonly fields: MessageForm };

/** By field number, as in k8s.io/api's generated.proto files. Other fields are left out. */
type MessageForm = Readonly<Record<number, FieldForm>>;

const metadata: FieldForm = {
  name: 'metadata',
  as: 'message',
  fields: {
    1: { name: 'name', as: 'text' },
    2: { name: 'generateName', as: 'text' },
    3: { name: 'namespace', as: 'text' },
    11: { name: 'labels', as: 'map of text' },
    12: { name: 'annotations', as: 'map of text' },
    14: { name: 'finalizers', as: 'texts' },
  },
};

const kinds: Readonly<Record<string, MessageForm>> = {
  'v1 Namespace': { 1: metadata },
  'v1 ServiceAccount': { 1: metadata },
  'v1 ConfigMap': {
    1: metadata,
    2: { name: 'data', as: 'map of text' },
    3: { name: 'binaryData', as: 'map of bytes' },
  },
  'v1 Secret': { 1: metadata, 2: { name: 'data', as: 'map of bytes' }, 3: { name: 'type', as: 'text' } },
};

/** `k8s` and a zero byte, then a `runtime.Unknown` around the object. */
const magic = Buffer.from('k8s\0');

const envelope: MessageForm = {
  1: {
    name: 'type',
    as: 'message',
    fields: { 1: { name: 'apiVersion', as: 'text' }, 2: { name: 'kind', as: 'text' } },
  },
};

/** Throws 415 for kinds that are not in the list, 400 for what is not protobuf. */
export function readProtobufBody(bytes: Buffer): unknown {
  if (!bytes.subarray(0, magic.length).equals(magic)) throw badRequest('the body is not Kubernetes protobuf');
  try {
    return readObject(bytes.subarray(magic.length));
  } catch (error) {
    if (error instanceof ApiError) throw error;
    throw badRequest('the body is not Kubernetes protobuf');
  }
}

function readObject(bytes: Uint8Array): Fields {
  const { type } = readMessage(bytes, envelope) as { type?: { apiVersion?: string; kind?: string } };
  const { apiVersion = '', kind = '' } = type ?? {};
  const form = kinds[`${apiVersion} ${kind}`];
  if (form === undefined) {
    throw new ApiError(
      415,
      'UnsupportedMediaType',
      `${kind} is not read as protobuf here: send JSON, for example with kubectl create -f`,
    );
  }
  return { apiVersion, kind, ...readMessage(rawOf(bytes), form) };
}

/** Field 2 of the envelope: the object's own bytes. */
function rawOf(bytes: Uint8Array): Uint8Array {
  const reader = new BinaryReader(bytes);
  let raw: Uint8Array = new Uint8Array();
  while (reader.pos < reader.len) {
    const [number, wire] = reader.tag();
    if (number === 2 && wire === WireType.LengthDelimited) raw = reader.bytes();
    else reader.skip(wire);
  }
  return raw;
}

function readMessage(bytes: Uint8Array, form: MessageForm): Fields {
  const reader = new BinaryReader(bytes);
  const result: Fields = {};
  while (reader.pos < reader.len) {
    const [number, wire] = reader.tag();
    const field = form[number];
    if (field === undefined) reader.skip(wire);
    else readField(reader, field, result);
  }
  return result;
}

function readField(reader: BinaryReader, field: FieldForm, result: Fields): void {
  const { name } = field;
  switch (field.as) {
    case 'text': {
      // Go writes empty texts too; for its readers they are the same as none.
      const text = reader.string();
      if (text !== '') result[name] = text;
      return;
    }
    case 'texts':
      result[name] = [...((result[name] as string[] | undefined) ?? []), reader.string()];
      return;
    case 'message':
      result[name] = readMessage(reader.bytes(), field.fields);
      return;
    case 'map of text':
    case 'map of bytes': {
      const [key, value] = readEntry(reader.bytes());
      const text = field.as === 'map of text' ? value.toString('utf8') : value.toString('base64');
      result[name] = { ...(result[name] as Fields | undefined), [key]: text };
    }
  }
}

function readEntry(bytes: Uint8Array): [string, Buffer] {
  const reader = new BinaryReader(bytes);
  let key = '';
  let value = Buffer.alloc(0);
  while (reader.pos < reader.len) {
    const [number, wire] = reader.tag();
    if (number === 1) key = reader.string();
    else if (number === 2) value = Buffer.from(reader.bytes());
    else reader.skip(wire);
  }
  return [key, value];
}
