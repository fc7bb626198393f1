/** class-transformer keeps what `@Type` was told here, without types of its own for the path. */
declare module 'class-transformer/cjs/storage.js' {
  export const defaultMetadataStorage: NonNullable<
    NonNullable<
      Parameters<typeof import('class-validator-jsonschema').validationMetadatasToSchemas>[0]
    >['classTransformerMetadataStorage']
  >;
}
