/** The installation's own name and logo. */
import { useEffect, useState } from 'preact/hooks';

export type Brand = { title: string; logo: string };

const own: Brand = { title: 'impactstream', logo: '/favicon.svg' };

export function useBrand(): Brand {
  const [brand, setBrand] = useState(own);
  useEffect(() => {
    fetch('/brand.json')
      .then((response) => response.json() as Promise<{ title: string; logo: boolean }>)
      .then(({ title, logo }) => setBrand({ title, logo: logo ? '/brand/logo' : own.logo }))
      // Without it the page bears its own name; nothing else is missing.
      .catch(() => {});
  }, []);
  return brand;
}
