/** Bounds on what Oxbow accepts from a file it does not trust. They exist to end an attack, not to fit a site: a real backup stays far below. */
export const limits = {
  /** Entries of one zip. */
  zipEntries: 5_000_000,
  /** Bytes of one entry name. */
  zipNameBytes: 4096,
  /** Inflated bytes per deflated byte of one entry, above the first 64 MiB. Deflate itself cannot exceed 1032. */
  zipRatio: 1030,
  /** Bytes of one value in entities.xml. PostgreSQL stores no field above 1 GiB. */
  xmlValueBytes: 256 * 1024 * 1024,
  /** Elements inside one <object>. */
  xmlElementsPerObject: 20_000_000,
  /** Bytes of exportDescriptor.properties. */
  descriptorBytes: 4 * 1024 * 1024,
} as const;
