#!/usr/bin/env bash
# Installs what the tests run replylint against: helpdesks, mail servers and a browser, from Debian's packages and from
# PyPI. Nothing is started. What cannot be installed is said, and its tests skip. Usage: tools/helpdesks.sh PIP
set -uo pipefail
export DEBIAN_FRONTEND=noninteractive

answers() {  # PACKAGE, then "QUESTION TYPE ANSWER" of each
  local package=$1 && shift
  printf "$package $package/%s\n" "$@" | debconf-set-selections
}
packages() {  # NAME, then its packages
  local name=$1 && shift
  dpkg -s "$@" > /dev/null 2>&1 && return
  timeout 400 apt-get -qq -y --no-install-recommends install "$@" > /dev/null 2>&1 || echo "$name cannot be installed here"
}

# Packages must not start services: each test starts its own.
policy=/usr/sbin/policy-rc.d
[ -e "$policy" ] || { printf '#!/bin/sh\nexit 101\n' > "$policy" && chmod +x "$policy" && trap 'rm -f "$policy"' EXIT; }
timeout 60 apt-get -qq update > /dev/null 2>&1
answers request-tracker5 "dbconfig-install boolean true" "database-type select sqlite3" \
  "initial-root-password password replylint" "initial-root-password-confirm password replylint"
printf 'roundcube-core roundcube/%s\n' "dbconfig-install boolean true" "database-type select sqlite3" \
  "hosts string localhost" | debconf-set-selections
answers postfix "main_mailer_type select No configuration"
packages Chromium chromium
packages Postfix postfix swaks openssl
packages "Request Tracker" request-tracker5 rt5-db-sqlite rt5-standalone rt5-clients
packages Roundcube roundcube-core roundcube-sqlite3 roundcube-plugins php-cli php-sqlite3 php-curl php-intl php-mbstring \
  php-xml dovecot-imapd
command -v npm > /dev/null || packages npm npm
"$1" install --quiet django-helpdesk || echo "django-helpdesk cannot be installed here"
