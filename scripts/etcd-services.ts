/**
 * etcd's gRPC services, made from its protocol as gRPC's own loader makes them, but for the descriptors of every
 * message and method, which only reflection asks for and which take 150 ms at each start. Part of the bundle.
 */

export interface Protobuf {
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

/** As grpc-js's loadPackageDefinition takes them: by the service's full name, then by the method's. */
export type ServiceDefinitions = Record<string, Record<string, object>>;

/**
 * @param json the protocol, in protobufjs's own form.
 * @param options how values are given out (protobufjs, IConversionOptions).
 */
export function servicesOf({ Root }: Protobuf, json: object, options: object): ServiceDefinitions {
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
