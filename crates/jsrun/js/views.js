// What a preview shows of objects whose state is private: `[name, value, …]`.
import { primordials } from "ext:core/mod.js";

const {
  ObjectGetOwnPropertyDescriptor,
  ObjectGetPrototypeOf,
  ObjectHasOwn,
  ObjectPrototypeIsPrototypeOf,
  TypeError,
  uncurryThis,
} = primordials;

/** Which classes there are views of, subclasses first, and where each has its place among `views`. */
const places = {
  __proto__: null,
  URL: 0,
  File: 1,
  Blob: 2,
  DOMException: 3,
  AbortSignal: 4,
  CryptoKey: 5,
  Crypto: 6,
  SubtleCrypto: 7,
  CustomEvent: 8,
  Event: 9,
  TextDecoder: 10,
  PerformanceEntry: 11,
  URLPattern: 12,
};
const views = [null, null, null, null, null, null, null, null, null, null, null, null, null];
let searchParams;

/** The getters are those of the platform, taken before the program sees them. */
function addView(name, constructor, names) {
  const { prototype } = constructor;
  const getters = [];
  for (let i = 0; i < names.length; ++i) {
    getters[i] = findGetter(prototype, names[i]);
  }
  views[places[name]] = { __proto__: null, prototype, describe: describer(names, getters) };
}

function addSearchParams({ prototype }) {
  searchParams = { __proto__: null, prototype, toText: uncurryThis(prototype.toString) };
}

/** Array literals define their elements; assigning them would call setters on the program's `Array.prototype`. */
function describer(names, getters) {
  const a = names[0], b = names[1], c = names[2], d = names[3], e = names[4];
  const getA = getters[0], getB = getters[1], getC = getters[2], getD = getters[3], getE = getters[4];
  switch (names.length) {
    case 5:
      return (o) => [a, getA(o), b, getB(o), c, getC(o), d, getD(o), e, getE(o)];
    case 4:
      return (o) => [a, getA(o), b, getB(o), c, getC(o), d, getD(o)];
    case 3:
      return (o) => [a, getA(o), b, getB(o), c, getC(o)];
    case 2:
      return (o) => [a, getA(o), b, getB(o)];
    case 1:
      return (o) => [a, getA(o)];
    default:
      return () => [];
  }
}

function findGetter(prototype, name) {
  for (let holder = prototype; holder !== null; holder = ObjectGetPrototypeOf(holder)) {
    const descriptor = ObjectGetOwnPropertyDescriptor(holder, name);
    if (descriptor !== undefined && ObjectHasOwn(descriptor, "get")) {
      return uncurryThis(descriptor.get);
    }
  }
  throw new TypeError(`no getter named ${name}`);
}

/** `undefined` for objects that are not of the platform. */
function describePlatformObject(object) {
  if (searchParams !== undefined && ObjectPrototypeIsPrototypeOf(searchParams.prototype, object)) {
    return ["query", searchParams.toText(object)];
  }
  for (let i = 0; i < views.length; ++i) {
    const view = views[i];
    if (view !== null && ObjectPrototypeIsPrototypeOf(view.prototype, object)) {
      return view.describe(object);
    }
  }
  return undefined;
}

export { addSearchParams, addView, describePlatformObject, findGetter };
