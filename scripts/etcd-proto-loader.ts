/**
 * Replaces @grpc/proto-loader in the bundle. It creates etcd's gRPC services as that loader does, but without the
 * descriptors of messages and methods, because only reflection needs them, and they would take 150 ms at each start.
 */

interface Protobuf {
  readonly Root: { fromJSON(json: object): { resolveAll(): Namespace } };
}

interface Namespace {
  readonly nestedArray?: readonly (Namespace & Partial<Service>)[];
}

interface Service {
  readonly fullName: string;
  readonly methodsArray: readonly Method[];
}

interface Method {
  readonly name: string;
  readonly requestStream?: boolean;
  readonly responseStream?: boolean;
  readonly resolvedRequestType: MessageType;
  readonly resolvedResponseType: MessageType;
}

interface MessageType {
  fromObject(value: object): object;
  toObject(message: object, options: object): object;
  encode(message: object): { finish(): Uint8Array };
  decode(bytes: Uint8Array): object;
}

/** The input of grpc-js's loadPackageDefinition: by the full name of the service, then by the name of the method. */
type ServiceDefinitions = Record<string, Record<string, object>>;

/**
 * @param _path ignored: etcd's protocol is part of the bundle.
 * @param options how values are converted (IConversionOptions of protobufjs).
 */
export function loadSync(_path: string, options: object): ServiceDefinitions {
  return servicesOf(require("etcd:protobufjs") as Protobuf, require("etcd:protocol") as object, options);
}

function servicesOf({ Root }: Protobuf, json: object, options: object): ServiceDefinitions {
  const services = servicesIn(Root.fromJSON(json).resolveAll());
  return Object.fromEntries(
    services.map((service) => {
      const name = service.fullName.replace(/^\./, "");
      const methods = service.methodsArray.map((method) => [method.name, definitionOf(name, method, options)]);
      return [name, Object.fromEntries(methods)];
    }),
  );
}

function servicesIn({ nestedArray = [] }: Namespace): Service[] {
  return nestedArray.flatMap((nested) => (isService(nested) ? [nested] : servicesIn(nested)));
}

function isService(nested: Partial<Service>): nested is Service {
  return nested.methodsArray !== undefined;
}

function definitionOf(service: string, method: Method, options: object): object {
  const { name, requestStream = false, responseStream = false } = method;
  const { resolvedRequestType: request, resolvedResponseType: response } = method;
  return {
    path: `/${service}/${name}`,
    requestStream,
    responseStream,
    requestSerialize: (value: object) => request.encode(request.fromObject(value)).finish(),
    requestDeserialize: (bytes: Uint8Array) => request.toObject(request.decode(bytes), options),
    responseSerialize: (value: object) => response.encode(response.fromObject(value)).finish(),
    responseDeserialize: (bytes: Uint8Array) => response.toObject(response.decode(bytes), options),
    originalName: name.charAt(0).toLowerCase() + name.slice(1),
  };
}
