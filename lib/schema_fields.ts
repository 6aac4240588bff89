/**
 * What a JSON Schema says of its fields, in words. Pure, and free of zod: server, page and scripts share it.
 *
 * @module
 */

/** As much of JSON Schema as the schemas use. */
export interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly JsonSchema[];
  readonly items?: JsonSchema;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
  readonly description?: string;
  readonly [keyword: string]: unknown;
}

/** A field, in words for a table. */
export interface Field {
  /** With those around it, as in `limits.message_length`, or `users[].username`. */
  readonly name: string;
  readonly type: string;
  readonly isOptional: boolean;
  readonly description: string;
  readonly default?: string;
}

/** The fields of an object, those within them after them. */
export function fieldsOf({ properties = {}, required = [] }: JsonSchema, within = ""): Field[] {
  return Object.entries(properties).flatMap(([key, schema]) => {
    const name = within + key;
    const field: Field = {
      name,
      type: typeInWords(schema),
      isOptional: !required.includes(key),
      description: schema.description ?? "",
      ...(schema.default === undefined ? {} : { default: String(schema.default) }),
    };
    const inner = schema.items === undefined
      ? fieldsOf(schema, `${name}.`)
      : fieldsOf(schema.items, `${name}[].`);
    return [field, ...inner];
  });
}

function typeInWords(schema: JsonSchema): string {
  if (schema.const !== undefined) return `\`${JSON.stringify(schema.const)}\``;
  if (schema.enum !== undefined) {
    return schema.enum.map((value) => `\`${JSON.stringify(value)}\``).join(", ");
  }
  if (schema.anyOf !== undefined) return schema.anyOf.map(typeInWords).join(" or ");
  if (schema.items !== undefined) return `list of ${typeInWords(schema.items)}s`;
  const { type = "anything", format, minLength, maxLength } = schema;
  if (format !== undefined) return String(format);
  const name = [type].flat().join(" or ");
  if (maxLength === undefined) return name;
  return minLength === undefined
    ? `${name}, at most ${maxLength}`
    : `${name}, ${minLength} to ${maxLength}`;
}
