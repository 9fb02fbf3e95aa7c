import { MantineProvider } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { createRoot } from 'react-dom/client';
import '@mantine/core/styles.css';
import '@mantine/notifications/styles.css';
import './app.css';
import { ApiError } from './api/client.ts';
import { router } from './routes.tsx';
import { theme } from './theme.ts';

const client = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      // A server that restarts is back soon; what it refuses it refuses again.
      retry: (failures, error) => error instanceof ApiError && (error.status === 0 || error.status >= 500) && failures < 5,
      retryDelay: (attempt) => Math.min(10_000, 500 * 2 ** attempt),
    },
  },
});

/** The policy of the server allows styles of this page alone, which it marks. */
const nonce = document.querySelector('meta[name="style-nonce"]')?.getAttribute('content') ?? undefined;

// The part of Mantine that keeps the page behind a dialogue still reads it from here.
(globalThis as { __webpack_nonce__?: string | undefined }).__webpack_nonce__ = nonce;

createRoot(document.getElementById('root')!).render(
  <MantineProvider theme={theme} defaultColorScheme="auto" {...(nonce ? { getStyleNonce: () => nonce } : {})}>
    <Notifications position="bottom-right" />
    <QueryClientProvider client={client}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  </MantineProvider>,
);
