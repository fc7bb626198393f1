/**
 * The module in which class-transformer stores the metadata of `@Type`; the package has no types for its
 * path.
 */
declare module 'class-transformer/cjs/storage.js' {
  export const defaultMetadataStorage: NonNullable<
    NonNullable<
      Parameters<typeof import('class-validator-jsonschema').validationMetadatasToSchemas>[0]
    >['classTransformerMetadataStorage']
  >;
}
