# A Postfix of its own below $W/postfix, from build/peers: relays everything to our STARTTLS port.
# Sourced after tests/lib.sh. Nothing is installed, no account made: nss_wrapper names its users.
postfix_env=(LD_LIBRARY_PATH="$peer/usr/lib/postfix:$peer/usr/lib/x86_64-linux-gnu"
	LD_PRELOAD="$(echo /usr/lib/*-linux-gnu/libnss_wrapper.so)"
	NSS_WRAPPER_PASSWD="$root/build/peers/passwd" NSS_WRAPPER_GROUP="$root/build/peers/group")

postfix_run()
{
	local program=$1
	shift
	env "${postfix_env[@]}" MAIL_CONFIG="$W/postfix/etc" "$peer/$program" "$@"
}

postfix_begin()
{
	local etc=$W/postfix/etc
	# mktemp's folder is ours alone: Postfix's own users must pass through it.
	chmod 755 "$W"
	mkdir -p "$etc" "$W/postfix/spool" "$W/postfix/data"
	cat >"$etc/main.cf" <<-END
	compatibility_level = 3.6
	queue_directory = $W/postfix/spool
	data_directory = $W/postfix/data
	command_directory = $peer/usr/sbin
	daemon_directory = $peer/usr/lib/postfix/sbin
	shlib_directory = $peer/usr/lib/postfix
	meta_directory = $peer/etc/postfix
	mail_owner = postfix
	setgid_group = postdrop
	default_privs = nobody
	import_environment = LD_LIBRARY_PATH LD_PRELOAD NSS_WRAPPER_PASSWD NSS_WRAPPER_GROUP PATH MAIL_CONFIG
	export_environment = LD_LIBRARY_PATH LD_PRELOAD NSS_WRAPPER_PASSWD NSS_WRAPPER_GROUP PATH MAIL_CONFIG
	myhostname = postfix.client.test
	mydestination =
	inet_interfaces = loopback-only
	inet_protocols = ipv4
	maillog_file = $W/postfix/log
	maillog_file_prefixes = $W
	alias_maps =
	alias_database =
	local_recipient_maps =
	relayhost = [127.0.0.1]:$STARTTLS
	smtp_tls_security_level = encrypt
	smtp_sasl_auth_enable = yes
	smtp_sasl_password_maps = inline:{ {[127.0.0.1]:$STARTTLS = $KEY:$SECRET} }
	smtp_sasl_security_options = noanonymous
	smtp_sasl_mechanism_filter = plain, login
	minimal_backoff_time = 2s
	maximal_backoff_time = 2s
	queue_run_delay = 2s
	END
	cat >"$etc/master.cf" <<-END
	pickup    unix  n - n 1 1 pickup
	cleanup   unix  n - n - 0 cleanup
	qmgr      unix  n - n 2 1 qmgr
	rewrite   unix  - - n - - trivial-rewrite
	bounce    unix  - - n - 0 bounce
	defer     unix  - - n - 0 bounce
	trace     unix  - - n - 0 bounce
	tlsmgr    unix  - - n 1000? 1 tlsmgr
	smtp      unix  - - n - - smtp
	relay     unix  - - n - - smtp
	error     unix  - - n - - error
	retry     unix  - - n - - error
	discard   unix  - - n - - discard
	anvil     unix  - - n - 1 anvil
	scache    unix  - - n - 1 scache
	proxymap  unix  - - n - - proxymap
	postlog   unix-dgram n - n - 1 postlogd
	END
	postfix_folders
	env "${postfix_env[@]}" MAIL_CONFIG="$etc" "$peer/usr/lib/postfix/sbin/master" -c "$etc" -d >"$W/postfix/master.log" 2>&1 &
	pids+=($!)
	wait_for 20 test -S "$W/postfix/spool/public/pickup" || {
		echo "Postfix does not start:"
		cat "$W/postfix/master.log" "$W/postfix/log" 2>/dev/null
		exit 1
	}
}

# What post-install would make.
postfix_folders()
{
	local d user group
	user=$(sed -n 's/^postfix:[^:]*:\([0-9]*\):.*/\1/p' "$root/build/peers/passwd")
	group=$(sed -n 's/^postdrop:[^:]*:\([0-9]*\):.*/\1/p' "$root/build/peers/group")
	for d in active bounce corrupt defer deferred flush hold incoming private saved trace; do
		mkdir -p "$W/postfix/spool/$d"
		chown "$user" "$W/postfix/spool/$d"
		chmod 700 "$W/postfix/spool/$d"
	done
	mkdir -p "$W/postfix/spool/pid" "$W/postfix/spool/maildrop" "$W/postfix/spool/public"
	chown "$user:$group" "$W/postfix/spool/maildrop" "$W/postfix/spool/public"
	chmod 1730 "$W/postfix/spool/maildrop"
	chmod 710 "$W/postfix/spool/public"
	chown "$user" "$W/postfix/data"
}
