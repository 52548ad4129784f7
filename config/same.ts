/** All the way down; the domain's types are, zod's are not. */
export type DeepReadonly<T> = T extends (infer Item)[]
  ? readonly DeepReadonly<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: DeepReadonly<T[Key]> }
    : T;

/** `true` if each type can stand for the other, readonly aside; else `false`. */
export type Same<One, Other> = [DeepReadonly<One>] extends [Other]
  ? [Other] extends [DeepReadonly<One>]
    ? true
    : false
  : false;
