// Takes custom options (validation rules, version notes) out of a descriptor set: they double what importing it costs.
import { fromBinary, toBinary } from '@bufbuild/protobuf';
import {
  type DescriptorProto,
  type EnumDescriptorProto,
  type FileDescriptorProto,
  FileDescriptorSetSchema,
} from '@bufbuild/protobuf/wkt';

/** Files that only declare such options; nothing else refers to them. */
const optionFiles = /^(validate|udpa\/annotations|xds\/annotations|envoy\/annotations)\//;

/** Custom options are unknown fields of the standard options messages. Those that decoding needs (`packed`) are known ones. */
function strip(options: { $unknown?: unknown } | undefined): void {
  if (options) delete options.$unknown;
}

function stripEnum(declared: EnumDescriptorProto): void {
  strip(declared.options);
  for (const value of declared.value) strip(value.options);
}

function stripMessage(message: DescriptorProto): void {
  strip(message.options);
  for (const field of message.field) strip(field.options);
  for (const oneof of message.oneofDecl) strip(oneof.options);
  for (const nested of message.nestedType) stripMessage(nested);
  for (const declared of message.enumType) stripEnum(declared);
}

function stripFile(file: FileDescriptorProto): void {
  strip(file);
  delete file.options;
  for (const message of file.messageType) stripMessage(message);
  for (const declared of file.enumType) stripEnum(declared);
  for (const service of file.service) {
    strip(service.options);
    for (const method of service.method) strip(method.options);
  }
  // Public imports are indexes into the list of imports, which gets shorter.
  const publicNames = file.publicDependency.map((index) => file.dependency[index]);
  file.dependency = file.dependency.filter((name) => !optionFiles.test(name));
  file.publicDependency = publicNames.flatMap((name) => (name === undefined ? [] : file.dependency.indexOf(name)));
}

/** A serialized FileDescriptorSet (or a buf image, which is one) in, the same without custom options out. */
export function stripOptions(image: Uint8Array): Uint8Array {
  const set = fromBinary(FileDescriptorSetSchema, image);
  set.file = set.file.filter((file) => !optionFiles.test(file.name));
  for (const file of set.file) stripFile(file);
  return toBinary(FileDescriptorSetSchema, set);
}
