import { createTheme, type MantineColorsTuple } from '@mantine/core';

/** The green of water in shade. */
const river: MantineColorsTuple = [
  '#e7f6f5',
  '#d3e8e7',
  '#a8d0cf',
  '#79b7b5',
  '#53a29f',
  '#3a9592',
  '#2a8e8b',
  '#187a77',
  '#0a6d6a',
  '#005e5b',
];

/** Type, spacing and colours of the console, in this one place. */
export const theme = createTheme({
  primaryColor: 'river',
  primaryShade: { light: 8, dark: 7 },
  colors: { river },
  fontFamily: 'Inter, system-ui, -apple-system, "Segoe UI", Roboto, sans-serif',
  fontFamilyMonospace: 'ui-monospace, SFMono-Regular, Menlo, Consolas, monospace',
  fontSizes: { xs: '0.75rem', sm: '0.8125rem', md: '0.875rem', lg: '1rem', xl: '1.125rem' },
  headings: {
    fontWeight: '600',
    sizes: {
      h1: { fontSize: '1.375rem', lineHeight: '1.3' },
      h2: { fontSize: '1.0625rem', lineHeight: '1.35' },
      h3: { fontSize: '0.9375rem' },
    },
  },
  spacing: { xs: '0.375rem', sm: '0.625rem', md: '1rem', lg: '1.5rem', xl: '2.25rem' },
  defaultRadius: 'sm',
  autoContrast: true,
  cursorType: 'pointer',
  components: {
    Table: { defaultProps: { verticalSpacing: 6, horizontalSpacing: 'sm', highlightOnHover: true } },
    Paper: { defaultProps: { withBorder: true, p: 'md' } },
    Button: { defaultProps: { size: 'sm' } },
    TextInput: { defaultProps: { size: 'sm' } },
    Anchor: { defaultProps: { underline: 'hover' } },
  },
});
