#ifndef ENTROPYD_CLIENT_PRIVATE_NAMES_H
#define ENTROPYD_CLIENT_PRIVATE_NAMES_H

/*
 * A static library has one name space with the program that it is linked into,
 * and wipe(), exchange() or error_name() would sooner or later meet another
 * one. The library is compiled with this file in front (CMakeLists.txt), so
 * that all its symbols begin with entropy_client_; a test looks at them.
 */

#define ENTROPY_CLIENT_PRIVATE(name) entropy_client_private_##name

/* base/ */
#define reason_clear ENTROPY_CLIENT_PRIVATE(reason_clear)
#define reason_errno ENTROPY_CLIENT_PRIVATE(reason_errno)
#define reason_set   ENTROPY_CLIENT_PRIVATE(reason_set)

#define text_format  ENTROPY_CLIENT_PRIVATE(text_format)
#define text_vformat ENTROPY_CLIENT_PRIVATE(text_vformat)

/* protocol/ */
#define buffer_append             ENTROPY_CLIENT_PRIVATE(buffer_append)
#define buffer_append_base64      ENTROPY_CLIENT_PRIVATE(buffer_append_base64)
#define buffer_append_hex         ENTROPY_CLIENT_PRIVATE(buffer_append_hex)
#define buffer_append_json_string ENTROPY_CLIENT_PRIVATE(buffer_append_json)
#define buffer_append_text        ENTROPY_CLIENT_PRIVATE(buffer_append_text)
#define buffer_cut                ENTROPY_CLIENT_PRIVATE(buffer_cut)
#define buffer_fini               ENTROPY_CLIENT_PRIVATE(buffer_fini)
#define buffer_reserve            ENTROPY_CLIENT_PRIVATE(buffer_reserve)
#define buffer_reset              ENTROPY_CLIENT_PRIVATE(buffer_reset)
#define buffer_use                ENTROPY_CLIENT_PRIVATE(buffer_use)
#define encoding_name             ENTROPY_CLIENT_PRIVATE(encoding_name)
#define error_code                ENTROPY_CLIENT_PRIVATE(error_code)
#define error_message             ENTROPY_CLIENT_PRIVATE(error_message)
#define error_name                ENTROPY_CLIENT_PRIVATE(error_name)
#define method_name               ENTROPY_CLIENT_PRIVATE(method_name)
#define quality_name              ENTROPY_CLIENT_PRIVATE(quality_name)
#define raw_format_name           ENTROPY_CLIENT_PRIVATE(raw_format_name)
#define socket_path               ENTROPY_CLIENT_PRIVATE(socket_path)
#define socket_path_limit         ENTROPY_CLIENT_PRIVATE(socket_path_limit)
#define subscription_name         ENTROPY_CLIENT_PRIVATE(subscription_name)

/* client/ */
#define channel_connect         ENTROPY_CLIENT_PRIVATE(channel_connect)
#define channel_receive         ENTROPY_CLIENT_PRIVATE(channel_receive)
#define channel_send            ENTROPY_CLIENT_PRIVATE(channel_send)
#define deadline_after          ENTROPY_CLIENT_PRIVATE(deadline_after)
#define deadline_left           ENTROPY_CLIENT_PRIVATE(deadline_left)
#define deadline_now            ENTROPY_CLIENT_PRIVATE(deadline_now)
#define exchange                ENTROPY_CLIENT_PRIVATE(exchange)
#define exchange_consume        ENTROPY_CLIENT_PRIVATE(exchange_consume)
#define exchange_receive_line   ENTROPY_CLIENT_PRIVATE(exchange_receive_line)
#define handle_begin            ENTROPY_CLIENT_PRIVATE(handle_begin)
#define handle_connect          ENTROPY_CLIENT_PRIVATE(handle_connect)
#define handle_drop             ENTROPY_CLIENT_PRIVATE(handle_drop)
#define handle_fail             ENTROPY_CLIENT_PRIVATE(handle_fail)
#define handle_has_subscription ENTROPY_CLIENT_PRIVATE(handle_has_subscription)
#define handle_keep_event       ENTROPY_CLIENT_PRIVATE(handle_keep_event)
#define handle_take_event       ENTROPY_CLIENT_PRIVATE(handle_take_event)
#define health_word_parse       ENTROPY_CLIENT_PRIVATE(health_word_parse)
#define locate_daemon           ENTROPY_CLIENT_PRIVATE(locate_daemon)
#define sys_peer_uid            ENTROPY_CLIENT_PRIVATE(sys_peer_uid)
#define sys_send                ENTROPY_CLIENT_PRIVATE(sys_send)
#define sys_stream_socket       ENTROPY_CLIENT_PRIVATE(sys_stream_socket)
#define tree_at                 ENTROPY_CLIENT_PRIVATE(tree_at)
#define tree_count              ENTROPY_CLIENT_PRIVATE(tree_count)
#define tree_element            ENTROPY_CLIENT_PRIVATE(tree_element)
#define tree_free               ENTROPY_CLIENT_PRIVATE(tree_free)
#define tree_integer            ENTROPY_CLIENT_PRIVATE(tree_integer)
#define tree_is_null            ENTROPY_CLIENT_PRIVATE(tree_is_null)
#define tree_is_object          ENTROPY_CLIENT_PRIVATE(tree_is_object)
#define tree_is_true            ENTROPY_CLIENT_PRIVATE(tree_is_true)
#define tree_member             ENTROPY_CLIENT_PRIVATE(tree_member)
#define tree_number             ENTROPY_CLIENT_PRIVATE(tree_number)
#define tree_parse              ENTROPY_CLIENT_PRIVATE(tree_parse)
#define tree_print              ENTROPY_CLIENT_PRIVATE(tree_print)
#define tree_text               ENTROPY_CLIENT_PRIVATE(tree_text)
#define trust_directory         ENTROPY_CLIENT_PRIVATE(trust_directory)
#define trust_server            ENTROPY_CLIENT_PRIVATE(trust_server)

#endif
