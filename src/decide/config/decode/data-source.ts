// Decodes a DataSource: bytes, or a file for others to read.
import type { DataSource as SourceMessage } from '../../../proto/gen/envoy/config/core/v3/base_pb.ts';
import type { DataSource } from '../tls.ts';
import type { Cursor } from './cursor.ts';
import { notYet, refuse, under } from './cursor.ts';
import { requireText } from './value.ts';

const nothing: DataSource = { kind: 'bytes', bytes: new Uint8Array() };

export function dataSource({ specifier: by }: SourceMessage, at: Cursor): DataSource {
  switch (by.case) {
    case 'filename':
      return { kind: 'file', path: requireText(by.value, under(at, 'filename')) };
    case 'inlineBytes':
      return { kind: 'bytes', bytes: by.value };
    case 'inlineString':
      return { kind: 'bytes', bytes: new TextEncoder().encode(by.value) };
    case 'environmentVariable':
      notYet(under(at, 'environment_variable'), 'data from the environment');
      return nothing;
    case undefined:
      refuse(under(at, 'specifier'), 'missing', 'value is required');
      return nothing;
  }
}
